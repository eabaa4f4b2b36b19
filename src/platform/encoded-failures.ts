import { DefaultFailureConverter } from '@temporalio/common';

/** Puts a failure's message and stack into a payload, which is encrypted like every other. The SDK loads this by its path. */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
