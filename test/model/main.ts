// `npm run model`: searches all states of the claim protocol and of that of watched jobs, and tells how each mutation breaks them;
// `--all` also searches what is too much for `npm test`, which takes minutes; `--watched` leaves out the claim protocol.
import { claimProtocol } from './claim-protocol.ts';
import { invariantNames } from './invariants.ts';
import { limitDesign, limitMutations, limitProtocol } from './limit.ts';
import { mutations } from './mutations.ts';
import { type Found, search } from './search.ts';
import { invariantNames as watchedInvariants } from './watched/invariants.ts';
import { mutations as watchedMutations } from './watched/mutations.ts';
import { watchedProtocol } from './watched/watched-protocol.ts';
import { largeSettings, settings as watchedSettings } from './watched/worlds.ts';
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

const all = process.argv.includes('--all');
if (!process.argv.includes('--watched')) searchClaims();
searchWatched();

function searchClaims(): void {
  say('Never, at any step:');
  for (const name of invariantNames) say(`  · ${name}`);
  say(
    'And from every state, by certain steps alone, one is within reach where no run is open and the row has ended, or waits as its table refuses it.\n',
  );

  const honest = all ? [...Object.values(settings), allAtOnce] : Object.values(settings);
  for (const { name, protocol, world } of honest) holds(name, search(claimProtocol(protocol, world)));
  holds('a limit in flight of one, and two jobs', search(limitProtocol(limitDesign)));

  say('\nEach of these breaks it, told by the shortest way there is:');
  for (const { name, setting, without } of mutations) {
    breaks(name, search(claimProtocol({ ...setting.protocol, ...without }, setting.world)));
  }
  for (const { name, without } of limitMutations) {
    breaks(name, search(limitProtocol({ ...limitDesign, ...without })));
  }
}

function searchWatched(): void {
  say('\nOf a watched job, never:');
  for (const name of watchedInvariants) say(`  · ${name}`);
  say('And from every state one is within reach where it has ended, shows how, and no signal waits.\n');
  const honest = Object.values(watchedSettings);
  for (const { name, protocol, world } of all ? [...honest, ...largeSettings] : honest) {
    holds(name, search(watchedProtocol(protocol, world)));
  }
  say('\nEach of these breaks it:');
  for (const { name, setting, without } of watchedMutations) {
    breaks(name, search(watchedProtocol({ ...setting.protocol, ...without }, setting.world)));
  }
}
