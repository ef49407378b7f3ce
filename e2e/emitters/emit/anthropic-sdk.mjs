/** Anthropic's own package, which traces itself as soon as there is a tracer provider. */
import Anthropic from 'anthropic1'
import { callAnthropic } from '../calls.mjs'

export const packages = ['anthropic1']
export const gaps = { ttl: 'told' }

export async function emit({ urls }) {
  await callAnthropic(new Anthropic({ apiKey: 'sk-local', baseURL: urls.anthropic, maxRetries: 0 }))
}
