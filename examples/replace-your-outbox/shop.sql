DROP SCHEMA IF EXISTS shop CASCADE;
CREATE SCHEMA shop;

CREATE TABLE shop.orders (
  id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  cents bigint NOT NULL
);
CREATE TABLE shop.outbox (
  order_id bigint PRIMARY KEY REFERENCES shop.orders,
  sent_at  timestamptz
);
-- What the customer pays: once for each order is right.
CREATE TABLE shop.charges (
  order_id bigint NOT NULL,
  run_id   text   NOT NULL,
  PRIMARY KEY (order_id, run_id)
);

-- So that the one who kills may strike at the worst moment.
CREATE FUNCTION shop.say() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_notify('shop', TG_ARGV[0]); RETURN NULL; END $$;
CREATE TRIGGER say AFTER INSERT ON shop.orders EXECUTE FUNCTION shop.say('order');
CREATE TRIGGER say AFTER INSERT ON shop.charges EXECUTE FUNCTION shop.say('charge');
