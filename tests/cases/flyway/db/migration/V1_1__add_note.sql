alter table orders
  add note text;
