import { registerHooks } from 'node:module';

/** Loads the module that the first argument names, and writes which packages that loaded, one a line. */
const loaded = new Set<string>();
registerHooks({
  load(url, context, nextLoad) {
    const [, name] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url) ?? [];
    if (name !== undefined) loaded.add(name);
    return nextLoad(url, context);
  },
});
await import(String(process.argv[2]));
console.log([...loaded].sort().join('\n'));
process.exit();
