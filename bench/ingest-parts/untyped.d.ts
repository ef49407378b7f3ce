/** Packages of the comparison that come without types, as far as they are used. */
declare module 'pbf/compile' {
  export function compile(schema: unknown): Record<string, (reader: import('pbf').PbfReader) => unknown>
}
declare module 'protocol-buffers-schema' {
  export function parse(text: string): unknown
}
