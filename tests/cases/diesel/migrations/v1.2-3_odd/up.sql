CREATE TABLE odd (id int);
