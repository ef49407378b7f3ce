/** The JSON Schema of the configuration file, for editors: read from the schema, so it cannot differ from it. */
import { z } from 'zod'
import { schema } from './schema.ts'

/** As text, ready to be written. */
export function configJsonSchema(): string {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input' })
  const whole = { $schema, title: 'Configuration of the Spanmeter collector', ...rest }
  return `${JSON.stringify(whole, undefined, 2)}\n`
}
