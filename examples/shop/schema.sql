CREATE TABLE orders (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  item       text   NOT NULL,
  cents      bigint NOT NULL,
  card       text,
  state      text   NOT NULL DEFAULT 'new',
  -- Written by Switchyard.
  job_status text,
  job_error  text
);
CREATE TABLE journal (
  order_id bigint NOT NULL REFERENCES orders,
  entry    text   NOT NULL
);
