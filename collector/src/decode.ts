/** Requests to blocks and blocks to the store, without the server: for benchmarks and tools. */
export { Decoders, decodeInto } from './receive/decode.ts'
export { insertBlock } from './write/insert.ts'
export { SpanBlock } from './write/span-block.ts'
