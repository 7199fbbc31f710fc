CREATE TABLE before_all (id int);
