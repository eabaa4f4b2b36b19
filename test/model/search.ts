/** One step of a model. */
export interface Step<S> {
  /** In words, for the story. */
  tell: string;
  to: S;
  /** Whether the protocol takes it by itself. A fault, a person's move or a zombie's act may come or not. */
  certain: boolean;
}

export interface Model<S, T extends Step<S> = Step<S>> {
  initial: S;
  steps: (state: S) => T[];
  /** The same text for states that are the same. */
  keyOf: (state: S) => string;
  /** The invariant that a step breaks, in words. */
  broken: (from: S, step: T) => string | undefined;
  /** Whether all is over. From every state such a one must be within reach by certain steps. */
  isSettled: (state: S) => boolean;
}

export interface Found {
  states: number;
  steps: number;
  /** The shortest way to break the model. */
  counterexample?: { broken: string; story: string[] };
}

interface Node<S> {
  state: S;
  parent: number;
  tell: string;
  /** States from which a certain step leads here. */
  before: number[];
  isSettled: boolean;
}

/** Goes through all states, nearest first. A broken invariant ends it; else it looks for states that cannot end. */
export function search<S, T extends Step<S>>(model: Model<S, T>): Found {
  const nodes: Node<S>[] = [];
  const indexes = new Map<string, number>();
  const reach = (state: S, parent: number, tell: string): Node<S> => {
    const key = model.keyOf(state);
    const known = nodes[indexes.get(key) ?? -1];
    if (known !== undefined) return known;
    const node = { state, parent, tell, before: [], isSettled: model.isSettled(state) };
    indexes.set(key, nodes.length);
    nodes.push(node);
    return node;
  };

  reach(model.initial, -1, '');
  let steps = 0;
  // Grows while it is gone through.
  for (const [index, node] of nodes.entries()) {
    for (const step of model.steps(node.state)) {
      steps += 1;
      const broken = model.broken(node.state, step);
      if (broken !== undefined) {
        const story = [...storyOf(nodes, index), step.tell];
        return { states: nodes.length, steps, counterexample: { broken, story } };
      }
      const next = reach(step.to, index, step.tell);
      if (step.certain) next.before.push(index);
    }
  }
  const stuck = firstStuck(nodes);
  if (stuck === undefined) return { states: nodes.length, steps };
  const story = [...storyOf(nodes, stuck), ...whatIsLeft(model, nodes[stuck]?.state)];
  const broken = 'from here the row never ends, whatever the protocol does';
  return { states: nodes.length, steps, counterexample: { broken, story } };
}

function storyOf<S>(nodes: readonly Node<S>[], index: number): string[] {
  const story: string[] = [];
  for (let at = nodes[index]; at !== undefined && at.parent >= 0; at = nodes[at.parent])
    story.unshift(at.tell);
  return story;
}

/** The nearest state from which no settled one is within reach. */
function firstStuck<S>(nodes: readonly Node<S>[]): number | undefined {
  const canEnd = new Set(nodes.keys().filter((index) => nodes[index]?.isSettled));
  for (const index of canEnd) for (const before of nodes[index]?.before ?? []) canEnd.add(before);
  return nodes.keys().find((index) => !canEnd.has(index));
}

/** The certain steps from a state on, the first there is each time, until none is left or they go round. */
function whatIsLeft<S, T extends Step<S>>(model: Model<S, T>, from: S | undefined): string[] {
  const story: string[] = [];
  const been = new Set<string>();
  for (let state = from; state !== undefined && !been.has(model.keyOf(state)); ) {
    been.add(model.keyOf(state));
    const step = model.steps(state).find(({ certain, to }) => certain && !been.has(model.keyOf(to)));
    if (step !== undefined) story.push(step.tell);
    state = step?.to;
  }
  return story;
}
