-- é
CREATE TABLE windows (id int);
