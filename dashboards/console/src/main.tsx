// The frame around the pages: where one is, language, colours, keys, who one is.
import { render } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import './style.css';
import { route, format } from './route';
import { helpOpen } from './keys';
import { lang, theme, token } from './settings';
import { t, type Word } from './words';
import { Alerts } from './pages/Alerts';
import { Subjects } from './pages/Subjects';
import { Subject } from './pages/Subject';
import { Cases } from './pages/Cases';
import { Lists } from './pages/Lists';
import { Detectors } from './pages/Detectors';
import { Health } from './pages/Health';

const PAGES: [Word, () => preact.JSX.Element][] = [['alerts', Alerts], ['subjects', Subjects], ['cases', Cases], ['lists', Lists], ['detectors', Detectors], ['health', Health]];

function Help() {
  const place = useRef<HTMLDialogElement>(null);
  useEffect(() => { if (helpOpen.value) place.current?.showModal(); else place.current?.close(); }, [helpOpen.value]);
  const rows: [string, Word][] = [['1 – 6', 'k_pages'], ['j k', 'k_move'], ['Enter', 'k_open'], ['/', 'k_search'], ['p', 'k_pause'], ['n', 'k_next'], ['d', 'k_decide'], ['P', 'k_print'], ['l', 'k_lang'], ['t', 'k_theme'], ['⌫', 'k_back'], ['?', 'k_help']];
  return (
    <dialog ref={place} aria-label={t('keys')} onClose={() => { helpOpen.value = false; }}>
      <h2>{t('keys')}</h2>
      <table><tbody>{rows.map(([key, word]) => <tr><th scope="row"><kbd>{key}</kbd></th><td>{t(word)}</td></tr>)}</tbody></table>
      <button onClick={() => { helpOpen.value = false; }}>{t('close')}</button>
    </dialog>
  );
}

function Who() {
  const submit = (event: Event) => {
    event.preventDefault();
    token.value = String(new FormData(event.currentTarget as HTMLFormElement).get('token') ?? '').trim();
    location.reload();
  };
  return (
    <details class="who"><summary>{token.value ? t('signed') : t('signin')}</summary>
      <form onSubmit={submit}><label>{t('token')} <input name="token" type="password" autocomplete="off" /></label> <button>{t('use')}</button>
        {token.value && <button type="button" onClick={() => { token.value = ''; location.reload(); }}>{t('forget')}</button>}</form>
    </details>
  );
}

function Frame() {
  const page = route.value.page === 'subject' ? 'subjects' : route.value.page;
  const Shown = route.value.page === 'subject' ? Subject : (PAGES.find(([name]) => name === page) ?? PAGES[0])[1];
  useEffect(() => { document.title = `${t(page as Word) ?? ''} · ${t('title')}`; }, [page, lang.value]);
  return (
    <>
      <a class="skip" href="#content" onClick={(e) => { e.preventDefault(); document.getElementById('content')?.focus(); }}>{t('skip')}</a>
      <header>
        <h1>{t('title')}</h1>
        <nav aria-label={t('title')}>{PAGES.map(([name]) => <a href={format({ page: name })} aria-current={page === name ? 'page' : undefined}>{t(name)}</a>)}</nav>
        <div class="settings">
          <Who />
          <button onClick={() => { lang.value = lang.value === 'en' ? 'zh' : 'en'; }} lang={lang.value === 'en' ? 'zh-CN' : 'en'}>{t('language')}</button>
          <button onClick={() => { theme.value = theme.value === 'dark' ? 'light' : 'dark'; }}>{theme.value === 'dark' ? t('light') : t('dark')}</button>
          <button onClick={() => { helpOpen.value = true; }} aria-haspopup="dialog">? {t('keys')}</button>
        </div>
      </header>
      <main id="content" tabIndex={-1}><Shown key={route.value.page + route.value.id} /></main>
      <Help />
    </>
  );
}

render(<Frame />, document.body);
