/** A trigger on rows of the name `bad letter` that go in flight. */
export const trigger = (when: string, body: string, name = 'refuse') => `
  CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body} END $$;
  CREATE ${when} ON letters FOR EACH ROW
    WHEN (NEW.title = 'bad letter' AND NEW.status = 'processing') EXECUTE FUNCTION ${name}();`;
/** What a table may have against such a row: a statement that makes it so, and the reason that is told. */
export const refusals: [what: string, change: string, reason: RegExp][] = [
  [
    'a check that old rows do not meet',
    `ALTER TABLE letters ADD CONSTRAINT no_bad CHECK (title <> 'bad letter') NOT VALID`,
    /violates check constraint "no_bad" \(SQLSTATE 23514\)/,
  ],
  [
    'a trigger that raises',
    trigger('TRIGGER refuse BEFORE UPDATE', `RAISE 'no % today', NEW.title;`),
    /the table refused it: no … today \(SQLSTATE P0001\)/,
  ],
  [
    'a trigger that raises with the code of a missing right',
    trigger('TRIGGER refuse BEFORE UPDATE', `RAISE 'not allowed' USING ERRCODE = '42501';`),
    /not allowed \(SQLSTATE 42501\)/,
  ],
  [
    'a trigger that returns NULL',
    trigger('TRIGGER refuse BEFORE UPDATE', 'RETURN NULL;'),
    /a trigger of the table kept the row from going in flight/,
  ],
  [
    'a trigger that leaves it in its old state',
    trigger('TRIGGER refuse BEFORE UPDATE', 'NEW.status := OLD.status; RETURN NEW;'),
    /kept the row from going in flight/,
  ],
  [
    'a trigger that names another run',
    trigger('TRIGGER refuse BEFORE UPDATE', `NEW.run_id := 'mine'; RETURN NEW;`),
    /kept the row from going in flight/,
  ],
  [
    'a trigger that gives it another id',
    trigger('TRIGGER refuse BEFORE UPDATE', 'NEW.id := gen_random_uuid(); RETURN NEW;'),
    /kept the row from going in flight/,
  ],
  [
    'a trigger that puts it back afterwards',
    trigger(
      'TRIGGER refuse AFTER UPDATE',
      `UPDATE letters SET status = 'queued' WHERE id = NEW.id; RETURN NULL;`,
    ),
    /kept the row from going in flight/,
  ],
  [
    'a deferred constraint trigger, which speaks at COMMIT',
    trigger('CONSTRAINT TRIGGER refuse AFTER UPDATE', `RAISE 'too late';`).replace(
      'FOR EACH ROW',
      'DEFERRABLE INITIALLY DEFERRED FOR EACH ROW',
    ),
    /too late \(SQLSTATE P0001\)/,
  ],
  [
    'a trigger that makes of it what its columns do not take',
    trigger('TRIGGER refuse BEFORE UPDATE', `NEW.pages := 'ninety'::text::bigint; RETURN NEW;`),
    /invalid input syntax for type bigint: "…" \(SQLSTATE 22P02\)/,
  ],
  [
    'a unique index',
    `CREATE UNIQUE INDEX one_bad ON letters (title) WHERE status = 'processing' AND title = 'bad letter';
     INSERT INTO letters (enclosure, title, status, run_id, started_at)
     VALUES ('a.txt', 'bad letter', 'processing', 'r', now())`,
    /duplicate key value violates unique constraint "one_bad" \(SQLSTATE 23505\)/,
  ],
];

/** A trigger that ends the row as canceled when it is to go in flight: the application's own veto. */
export const cancelsAtStart = trigger(
  'TRIGGER refuse BEFORE UPDATE',
  `NEW.status := 'canceled'; NEW.started_by := NULL; NEW.deadline := NULL; RETURN NEW;`,
);
