import type { FilePlace } from 'pg-switchyard';

/** Where uploads are kept. */
export const uploadPlace = ({ uploadRoot }: { uploadRoot: string }): FilePlace => ({
  folder: uploadRoot,
  prefix: 'uploads/',
});

/** Where results are kept: those of each kind in a folder below it. */
export const resultPlace = ({ resultRoot }: { resultRoot: string }): FilePlace => ({
  folder: resultRoot,
  prefix: '',
});
