-- due
SELECT "id"::text AS id
  FROM "switchyard_jobs"."Tickets" AS job
 WHERE mirror_due AND ($1::bigint IS NULL OR "id" > $1::bigint)
 ORDER BY job."id"
 LIMIT $2;

-- lockFreeSources
SELECT "Number"::text AS id
  FROM public."Tickets"
 WHERE "Number" = ANY ($1::bigint[])
 ORDER BY public."Tickets"."Number"
   FOR NO KEY UPDATE SKIP LOCKED;

-- lockSource
SELECT "Number"::text AS id
  FROM public."Tickets"
 WHERE "Number" = $1
   FOR NO KEY UPDATE;

-- hiddenFrom
    SELECT current_user AS role
     WHERE (row_security_active('public."Tickets"'::regclass) AND NOT (
  EXISTS (
SELECT FROM pg_catalog.pg_policy
 WHERE polrelid = 'public."Tickets"'::regclass
   AND (0 = ANY (polroles) OR EXISTS (SELECT FROM unnest(polroles) AS member (oid) WHERE pg_has_role(member.oid, 'USAGE'))) AND polpermissive AND polcmd IN ('*', 'r') AND (pg_get_expr(polqual, polrelid) = 'true' AND coalesce(pg_get_expr(polwithcheck, polrelid), 'true') = 'true')) AND EXISTS (
SELECT FROM pg_catalog.pg_policy
 WHERE polrelid = 'public."Tickets"'::regclass
   AND (0 = ANY (polroles) OR EXISTS (SELECT FROM unnest(polroles) AS member (oid) WHERE pg_has_role(member.oid, 'USAGE'))) AND polpermissive AND polcmd IN ('*', 'w') AND (pg_get_expr(polqual, polrelid) = 'true' AND coalesce(pg_get_expr(polwithcheck, polrelid), 'true') = 'true'))
  AND NOT EXISTS (
SELECT FROM pg_catalog.pg_policy
 WHERE polrelid = 'public."Tickets"'::regclass
   AND (0 = ANY (polroles) OR EXISTS (SELECT FROM unnest(polroles) AS member (oid) WHERE pg_has_role(member.oid, 'USAGE'))) AND NOT polpermissive AND polcmd IN ('*', 'r', 'w') AND NOT (pg_get_expr(polqual, polrelid) = 'true' AND coalesce(pg_get_expr(polwithcheck, polrelid), 'true') = 'true'))));

-- withoutSource
SELECT gone.id
  FROM unnest($1::text[]) AS gone (id)
 WHERE NOT EXISTS (SELECT FROM public."Tickets" WHERE "Number" = gone.id::bigint);

-- lockDue
SELECT "id"::text AS id
  FROM "switchyard_jobs"."Tickets" AS job
 WHERE "id" = ANY ($1::bigint[]) AND mirror_due
 ORDER BY job."id"
   FOR UPDATE SKIP LOCKED;

-- write
UPDATE public."Tickets" AS target
   SET "Job status" = shown."Job status"
  FROM "switchyard_jobs"."Tickets" AS job
 CROSS JOIN LATERAL jsonb_populate_record(NULL::public."Tickets", jsonb_build_object('Job status', to_jsonb(job."status"))) AS shown
 WHERE job."id" = ANY ($1::bigint[]) AND target."Number" = job."id";

-- mirrored
UPDATE "switchyard_jobs"."Tickets"
   SET mirror_due = false, mirrored_at = clock_timestamp()
 WHERE "id" = ANY ($1::bigint[]) AND mirror_due;

-- noteRefusal
SELECT switchyard.note_refusal('Tickets', "id"::text, "run_id", $2) FROM "switchyard_jobs"."Tickets" WHERE "id" = $1;
