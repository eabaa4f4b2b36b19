import { registerHooks } from 'node:module';

// Loaded before a program (`node --import`): as if the packages that DROPPED names were not there. A word may be a package, or
// the beginning of several: `@scope/` or `name-`.
const dropped = (process.env['DROPPED'] ?? '').split(' ').filter((word) => word !== '');

const isDropped = (specifier: string) =>
  dropped.some((word) =>
    /[/-]$/.test(word) ? specifier.startsWith(word) : specifier === word || specifier.startsWith(`${word}/`),
  );

registerHooks({
  resolve(specifier, context, nextResolve) {
    if (isDropped(specifier)) {
      throw Object.assign(new Error(`Cannot find module '${specifier}'`), { code: 'MODULE_NOT_FOUND' });
    }
    return nextResolve(specifier, context);
  },
});
