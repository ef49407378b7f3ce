/**
 * Keeping alerts quiet for a time, and ending that.
 *
 * Invariant: a caller that is bound to a tenant silences only what is about it.
 */
import { OpenAPIHono, z } from '@hono/zod-openapi'
import { createAction } from './action.ts'
import { exampleSilence } from './alert-lists.ts'
import { missing } from './alert-missing.ts'
import { type SilenceBody, silenceBody, silenceSchema } from './alert-schema.ts'
import type { ApiOptions } from './app.ts'
import { NotFound } from './endpoint.ts'

/** Creates the actions. */
export function createSilences({ alerting, now }: ApiOptions): OpenAPIHono {
  const app = new OpenAPIHono()
  const body = z
    .strictObject({
      match: z
        .record(z.string().min(1).max(200), z.string().max(256))
        .refine(
          (match) => Object.keys(match).length > 0,
          'is empty, which would silence everything; name a label',
        )
        .openapi({
          description: '`rule`, `severity` or a label of the subject, and its value; all must fit.',
        }),
      minutes: z
        .int()
        .min(1)
        .max(60 * 24 * 90)
        .openapi({ description: 'How long, from now on.' }),
      comment: z.string().max(1000).default('').openapi({ description: 'Why.' }),
    })
    .openapi('NewSilence')
  app.route(
    '/',
    createAction<z.output<typeof body>, SilenceBody>({
      method: 'post',
      path: '/api/v1/silences',
      operationId: 'createSilence',
      summary: 'Silence alerts for a time',
      description:
        'Nothing is sent of alerts that begin while it holds; what still fires afterwards is told then. They are listed all the same.',
      body: body as never,
      schema: silenceSchema,
      example: silenceBody(exampleSilence()),
      async answer({ body: { match, minutes, comment }, tenant }) {
        if (alerting === undefined) return new NotFound('cannot silence alerts: alerting does not run here')
        if (tenant !== undefined && match.tenant_id !== tenant) {
          return [{ name: 'match.tenant_id', detail: `must be ${tenant}: the token is bound to it` }]
        }
        const from = now().getTime()
        return silenceBody(await alerting.silence({ match, from, until: from + minutes * 60_000, comment }))
      },
    }),
  )
  app.route(
    '/',
    createAction({
      method: 'delete',
      path: '/api/v1/silences/{id}',
      operationId: 'endSilence',
      summary: 'End a silence now',
      description: 'What still fires is told with the next look at the rules.',
      params: { id: 'The silence.' },
      schema: silenceSchema,
      example: silenceBody(exampleSilence()),
      async answer({ params: { id }, tenant }) {
        const silence = alerting?.book.silences().find((one) => one.id === id)
        if (alerting === undefined || silence === undefined) return missing('silence', id)
        if (tenant !== undefined && silence.match.tenant_id !== tenant) return missing('silence', id)
        const over = await alerting.unsilence(silence.id)
        return over === undefined ? missing('silence', id) : silenceBody(over)
      },
    }),
  )
  return app
}
