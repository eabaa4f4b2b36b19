import type { FilePlace } from 'pg-switchyard';

/** Where artifacts and logs of builds are kept; builds work in its folder in any case. */
export const buildPlace = ({ buildRoot }: { buildRoot: string }): FilePlace => ({
  folder: buildRoot,
  prefix: 'builds/',
});
