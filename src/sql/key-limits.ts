/** $1 a queue. The limits of its keys, by key. */
export const keyLimits = `
  SELECT key, in_flight AS "inFlight" FROM switchyard.key_limits WHERE queue = $1 ORDER BY key LIMIT 1000`;
