import { expect, it } from 'vitest'
import { compilePath } from './path-pattern.ts'

it('matches the end of a path and reads the model in it', () => {
  const check = (pattern: string, path: string, want: string | undefined) =>
    expect(compilePath(pattern).match(path)).toBe(want)
  check('/chat/completions', '/v1/chat/completions', '')
  check('/chat/completions', '/v1/chat/completions/x', undefined)
  check('/models/{model}:generate', '/v1beta/models/m-1.5:generate', 'm-1.5')
  check('/models/{model}:generate', '/v1beta/models/:generate', undefined)
  check('/models/{model}:generate', '/v1beta/tuned/m:generate', undefined)
  check('/models/{model}:generate', '/models/a/b:generate', undefined)
  check('/deployments/{model}/chat', '/openai/deployments/prod%20chat/chat', 'prod chat')
  check('/deployments/{model}/chat', '/deployments/%E0%A4%A/chat', '%E0%A4%A')
  check('/models/{model}', '/v1/models/m', 'm')
  check('/long/prefix/{model}/x', '/a/x', undefined)
})
