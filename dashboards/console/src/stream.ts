// Server-sent events over fetch: like EventSource, but with a token, and a reader who sees gaps.
import { headers } from './api';

export interface Message { id: string; event: string; data: string }

/** Splits a text stream into messages; keeps what is not whole yet. */
export class Parser {
  private rest = '';
  push(chunk: string): Message[] {
    this.rest += chunk;
    const out: Message[] = [];
    for (let end = this.rest.indexOf('\n\n'); end >= 0; end = this.rest.indexOf('\n\n')) {
      const message: Message = { id: '', event: 'message', data: '' };
      let told = false;
      for (const line of this.rest.slice(0, end).split('\n')) {
        const colon = line.indexOf(':');
        if (colon <= 0) continue; // a comment keeps the line open
        const name = line.slice(0, colon);
        const value = line.slice(colon + 1).replace(/^ /, '');
        if (name === 'id') message.id = value;
        if (name === 'event') message.event = value;
        if (name === 'data') { message.data += (told ? '\n' : '') + value; told = true; }
      }
      this.rest = this.rest.slice(end + 2);
      if (told) out.push(message);
    }
    return out;
  }
}

export interface Live { state: 'connecting' | 'open' | 'waiting'; lastId: string }

/** Reads for ever, going on after the last message it saw. Returns a function that ends it. */
export function follow(path: string, since: string, onMessage: (m: Message) => void, onState: (live: Live) => void): () => void {
  const stop = new AbortController();
  let lastId = since;
  let wait = 500;
  const run = async () => {
    while (!stop.signal.aborted) {
      try {
        onState({ state: 'connecting', lastId });
        const more: Record<string, string> = { Accept: 'text/event-stream' };
        if (lastId) more['Last-Event-ID'] = lastId;
        const answer = await fetch(path, { headers: headers(more), signal: stop.signal });
        if (!answer.ok || !answer.body) throw new Error(String(answer.status));
        onState({ state: 'open', lastId });
        wait = 500;
        const parser = new Parser();
        const decoder = new TextDecoder();
        const reader = answer.body.getReader();
        for (;;) {
          const { done, value } = await reader.read();
          if (done) break;
          for (const message of parser.push(decoder.decode(value, { stream: true }).replaceAll('\r\n', '\n'))) {
            if (message.id) lastId = message.id;
            onMessage(message);
          }
        }
      } catch {
        if (stop.signal.aborted) return;
      }
      onState({ state: 'waiting', lastId });
      await new Promise((resolve) => setTimeout(resolve, wait));
      wait = Math.min(wait * 2, 15_000);
    }
  };
  void run();
  return () => stop.abort();
}
