import { createResults } from '../../src/activities/results/results.ts';

/** A program that is killed in the middle: stages half an answer under the key `job.run`, says so, and waits for ever. */
const [, , root] = process.argv;
if (root === undefined) throw new Error('usage: stage-slowly.ts FOLDER');
const results = await createResults({ resultRoot: root, stagingRoot: root });
await results.stage('job.run', 0, async (file) => {
  await file.writeFile('<invoice>half');
  process.stdout.write('half\n');
  setInterval(() => undefined, 60_000);
  return new Promise(() => undefined);
});
