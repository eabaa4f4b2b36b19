import type { GitLimits } from './build-git.ts';
import type { RepositoryRules } from './repository.ts';

export interface Place {
  depth: number;
  /** Of the repository that holds them, below the one that is built; ends with `/`, or is empty. */
  prefix: string;
  fetched: { count: number };
}

export interface Wanted {
  branch: string;
  commit: string | undefined;
}

export interface Checkout {
  commit: string;
  /** What the repository has and the folder lacks, a sentence each. */
  missing: string[];
}

export interface CheckoutOptions {
  limits: GitLimits;
  rules: RepositoryRules;
  /** Whether submodules are fetched. */
  submodules: boolean;
  /** Left out for the repository that is built. */
  place?: Place;
}
