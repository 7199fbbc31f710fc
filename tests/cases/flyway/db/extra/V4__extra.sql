create table extras (id int primary key);


