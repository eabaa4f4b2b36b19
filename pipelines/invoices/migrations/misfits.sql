SELECT format('public.%s is there, and none of Switchyard''s; rename it, or migrate a database of its own', name) AS misfit
  FROM unnest('{jobs,upload_requests}'::text[]) AS name WHERE to_regclass('public.' || name) IS NOT NULL
