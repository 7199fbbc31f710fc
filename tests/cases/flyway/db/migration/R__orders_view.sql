create or replace view orders_view as
  select id, note from orders;
