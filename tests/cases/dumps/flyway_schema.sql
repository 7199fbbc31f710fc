-- A history table in each tenant's schema, as Flyway makes it.
DO $$
DECLARE tenant text;
BEGIN
  FOREACH tenant IN ARRAY ARRAY['none', 'half', 'all', 'own_schema', 'deleted', 'deleted_pending', 'deleted_redone', 'edited', 'edited_repaired', 'renamed', 'future', 'future_failed', 'missing', 'missing_repeatable', 'failed', 'failed_repaired', 'failed_repeatable', 'rolled_back', 'baseline', 'baseline_only', 'ignored', 'out_of_order', 'repeatable_changed', 'repeatable_superseded', 'repeatable_of_other_values', 'repeatable_as_it_stands', 'other_type', 'squashed'] LOOP
    EXECUTE format('CREATE SCHEMA %I', tenant);
    EXECUTE format('CREATE TABLE %I.flyway_schema_history (installed_rank integer NOT NULL, version character varying(50), '
                   'description character varying(200) NOT NULL, type character varying(20) NOT NULL, '
                   'script character varying(1000) NOT NULL, checksum integer, installed_by character varying(100) NOT NULL, '
                   'installed_on timestamp without time zone DEFAULT now() NOT NULL, execution_time integer NOT NULL, '
                   'success boolean NOT NULL, CONSTRAINT flyway_schema_history_pk PRIMARY KEY (installed_rank))', tenant);
    EXECUTE format('CREATE INDEX flyway_schema_history_s_idx ON %I.flyway_schema_history (success)', tenant);
  END LOOP;
END $$;
