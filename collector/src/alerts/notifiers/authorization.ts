/** How requests to receivers of one's own are authorised: not at all, by a token, or by user and password. */
import { z } from 'zod'

/** What is configured of it. */
export interface Authorized {
  token?: string | undefined
  username?: string | undefined
  password?: string | undefined
}

/** Its settings, to be spread into a notifier's. */
export const authorizationSettings = {
  token: z.string().min(1).optional().describe('Sent as a Bearer token'),
  username: z.string().min(1).optional(),
  password: z.string().optional(),
} as const

/** The header, where there is something to put into it. */
export function authorization({ token, username, password }: Authorized): Record<string, string> {
  if (token !== undefined) return { authorization: `Bearer ${token}` }
  if (username === undefined) return {}
  return { authorization: `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}` }
}
