/** What is used of SaxonJS, which brings no types. https://www.saxonica.com/saxonjs/documentation2/index.html#!api/transform */
declare module 'saxon-js' {
  interface TransformOptions {
    /** A compiled stylesheet, its JSON parsed. */
    stylesheetInternal: object;
    sourceText: string;
    destination: 'serialized';
  }
  const SaxonJS: {
    /** Throws when the source is not well-formed. */
    transform(options: TransformOptions, execution: 'sync'): { principalResult: string };
  };
  export default SaxonJS;
}
