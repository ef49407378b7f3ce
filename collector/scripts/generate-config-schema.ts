/** Writes `config.schema.gen.json`, the JSON Schema of the configuration. */
import { writeFile } from 'node:fs/promises'
import { configJsonSchema } from '../src/config/json-schema.ts'

await writeFile(new URL('../config.schema.gen.json', import.meta.url), configJsonSchema())
