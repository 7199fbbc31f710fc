CREATE TABLE between_them (id int);
