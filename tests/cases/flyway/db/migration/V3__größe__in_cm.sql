alter table orders add "größe" int; -- for ${who}
