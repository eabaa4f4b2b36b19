import { z } from 'zod';

/** Parts that hold parts twice each would otherwise make a few lines fill all memory. */
export const mappingLimits = { elements: 10_000, depth: 100 } as const;

/** An XML name with at most one prefix. https://www.w3.org/TR/xml-names/ */
const name = z
  .string()
  .max(200)
  .regex(/^(?!xmlns(:|$))[A-Za-z_][\w.-]*(:[A-Za-z_][\w.-]*)?$/, {
    error: 'must be an XML name such as cbc:ID',
  });
/** `number`, `seller.name`, `/currency` (from the top), `.` (the member itself), `#` (its number, from 1). */
const path = z.string().regex(/^(#|\.|\/?[A-Za-z]+(\.[A-Za-z]+)*)$/, {
  error: 'must be a path such as seller.name, /currency, . or #',
});
const textSource = z
  .strictObject({ from: path.optional(), value: z.string().optional() })
  .refine(({ from, value }) => (from === undefined) !== (value === undefined), {
    error: 'must have exactly one of "from" and "value"',
  });
const partName = z.string().regex(/^[\w-]+$/, { error: 'must be the name of a part' });

export type TextSource = z.output<typeof textSource>;

/** `C`: its children, as the file has them or with the parts put in. */
interface Rule<C> {
  element: string;
  when?: { path: string; is?: string | undefined } | undefined;
  /** The text of the element. */
  from?: string | undefined;
  value?: string | undefined;
  /** How the text is written: `date-102` is a date as 20260115, format 102 of UN/EDIFACT 2379. */
  as?: 'date-102' | undefined;
  /** The group or field that paths below begin at; without it there is no element. */
  within?: string | undefined;
  /** One element for each member of this list. */
  each?: string | undefined;
  attributes?: Record<string, TextSource> | undefined;
  children?: C[] | undefined;
}
export interface WrittenRule extends Rule<WrittenRule | string> {}
export interface ElementRule extends Rule<ElementRule> {}

const content = (rule: WrittenRule) =>
  [rule.from, rule.value, rule.children].filter((kind) => kind !== undefined);
const children: z.ZodType<(WrittenRule | string)[]> = z.lazy(() =>
  z.array(z.union([partName, element], { error: 'must be an element or the name of a part' })).min(1),
);
const element: z.ZodType<WrittenRule> = z
  .strictObject({
    element: name,
    when: z.strictObject({ path, is: z.string().optional() }).optional(),
    from: path.optional(),
    value: z.string().optional(),
    as: z.literal('date-102').optional(),
    within: path.optional(),
    each: path.optional(),
    attributes: z.record(name, textSource).optional(),
    children: children.optional(),
  })
  .refine((rule) => content(rule).length === 1, {
    error: 'must have exactly one of "from", "value" and "children"',
  })
  .refine((rule) => rule.as === undefined || rule.from !== undefined, {
    error: 'must have "from" where it has "as"',
  })
  .refine((rule) => rule.within === undefined || rule.each === undefined, {
    error: 'must not have both "within" and "each"',
  });

export const mappingSchema = z.strictObject({
  description: z.string().min(1),
  /** Answer the XML that a hybrid PDF holds, byte for byte. */
  passEmbeddedXml: z.boolean().default(false),
  /** The norm that the XML is to follow: its terms are completed, and what they lack is told. */
  norm: z.literal('en16931').optional(),
  /** Of the root element, by prefix; the empty prefix is the default namespace. */
  namespaces: z.record(
    z
      .string()
      .max(200)
      .regex(/^((?!xml)[A-Za-z_][\w.-]*)?$/),
    z.string().min(1),
  ),
  /** Lists of elements that stand in several places, by name. */
  parts: z.record(partName, children).default({}),
  /** The document's root: the first whose condition holds. */
  roots: z
    .array(
      z.strictObject({
        element: name,
        when: z.strictObject({ path: z.literal('type'), is: z.enum(['invoice', 'credit-note']) }).optional(),
        attributes: z.record(name, textSource).optional(),
        children,
      }),
    )
    .min(1),
});

export type WrittenMapping = z.output<typeof mappingSchema>;

/** How an invoice becomes XML: data only, its parts put in. docs/mappings.md describes the format. */
export interface Mapping extends Pick<WrittenMapping, 'passEmbeddedXml' | 'norm' | 'namespaces'> {
  roots: ElementRule[];
}
