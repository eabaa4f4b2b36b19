// The health check of a container: node deploy/health.mjs http://127.0.0.1:9000/health/ready
// Exits 0 when the address answers well, and 1 with what it says otherwise; `docker inspect` shows it.
const [, , url] = process.argv;
try {
  const response = await fetch(url, { signal: AbortSignal.timeout(4_000) });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
} catch (error) {
  console.error(`${url}: ${error.cause?.message ?? error.message}`);
  process.exitCode = 1;
}
