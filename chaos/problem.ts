/** Something that must never be, found when all is over. */
export interface Problem {
  kind: 'lost' | 'duplicated' | 'stuck' | 'illegal';
  what: string;
}

export const lost = (what: string): Problem => ({ kind: 'lost', what });
export const duplicated = (what: string): Problem => ({ kind: 'duplicated', what });
export const stuck = (what: string): Problem => ({ kind: 'stuck', what });
export const illegal = (what: string): Problem => ({ kind: 'illegal', what });
