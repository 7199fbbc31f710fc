create or replace view said as
  select '${who}'::text as who, '$${x}'::text as x;
