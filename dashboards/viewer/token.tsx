/**
 * Asks for a token where the collector wants one.
 *
 * Invariant: a token is kept for this tab only, and is in no address.
 */
import { useState } from 'preact/hooks'
import { keepToken } from './fetch.ts'

/** Draws the form; `onDone` is called when there is a token to try. */
export function TokenForm({ detail, onDone }: { readonly detail: string; readonly onDone: () => void }) {
  const [token, setToken] = useState('')
  return (
    <main class="lost">
      <form
        class="token"
        onSubmit={(event) => {
          event.preventDefault()
          keepToken(token.trim())
          onDone()
        }}
      >
        <h1>This collector asks for a token</h1>
        <p>{detail}</p>
        <label>
          Token with the role read
          <input
            type="password"
            autocomplete="off"
            required
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="primary">
          Open the dashboards
        </button>
      </form>
    </main>
  )
}
