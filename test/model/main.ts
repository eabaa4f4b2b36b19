// `npm run model`: searches all states of the claim protocol and tells how each mutation breaks it; `--all` also searches
// all faults together with all that people do, which takes minutes.
import { claimProtocol } from './claim-protocol.ts';
import { invariantNames } from './invariants.ts';
import { limitDesign, limitMutations, limitProtocol } from './limit.ts';
import { mutations } from './mutations.ts';
import { type Found, search } from './search.ts';
import { allAtOnce, settings } from './worlds.ts';

const say = (text: string) => process.stdout.write(`${text}\n`);

/** The design itself must not break. */
function holds(name: string, found: Found): void {
  say(
    `${found.counterexample === undefined ? '✔' : '✘'} ${name}: ${found.states} states, ${found.steps} steps`,
  );
  if (found.counterexample === undefined) return;
  tell(found.counterexample);
  process.exitCode = 1;
}

/** A mutation must. */
function breaks(name: string, found: Found): void {
  if (found.counterexample === undefined) {
    say(`✘ ${name}: nothing breaks in ${found.states} states`);
    process.exitCode = 1;
    return;
  }
  say(`\n✔ ${name}`);
  tell(found.counterexample);
}

function tell({ story, broken }: NonNullable<Found['counterexample']>): void {
  for (const [index, step] of story.entries()) say(`   ${String(index + 1).padStart(2)}. ${step}`);
  say(`   ⇒ ${broken}`);
}

say('Never, at any step:');
for (const name of invariantNames) say(`  · ${name}`);
say(
  'And from every state, by certain steps alone, one is within reach where no run is open and the row has ended, or waits as its table refuses it.\n',
);

const honest = process.argv.includes('--all')
  ? [...Object.values(settings), allAtOnce]
  : Object.values(settings);
for (const { name, protocol, world } of honest) holds(name, search(claimProtocol(protocol, world)));
holds('a limit in flight of one, and two jobs', search(limitProtocol(limitDesign)));

say('\nEach of these breaks it, told by the shortest way there is:');
for (const { name, setting, without } of mutations) {
  breaks(name, search(claimProtocol({ ...setting.protocol, ...without }, setting.world)));
}
for (const { name, without } of limitMutations) {
  breaks(name, search(limitProtocol({ ...limitDesign, ...without })));
}
