CREATE TABLE towns (id int);
