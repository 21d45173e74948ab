//! The status page as somebody on call sees it.

use crate::browser::{Browser, View};
use crate::scenes;
use crate::worker::{Worker, worker_with};
use audiohm_ingest::telemetry::{StatusBoard, check};
use serde_json::json;
use std::time::Duration;

const VIEWS: [View; 4] = [
    View {
        width: 1280,
        scheme: "light",
    },
    View {
        width: 1280,
        scheme: "dark",
    },
    View {
        width: 390,
        scheme: "light",
    },
    View {
        width: 390,
        scheme: "dark",
    },
];

/// What is wrong with the page for those who see little, look from a phone, or do not look at all.
const FAULTS: &str = r#"(() => {
  const faults = [];
  const root = document.documentElement;
  // a phone would zoom out, so its own width says nothing
  if (root.scrollWidth > WIDTH) faults.push(`wider than the window: ${root.scrollWidth} > ${WIDTH}`);
  for (const it of document.querySelectorAll("body *")) {
    if (it.scrollWidth > it.clientWidth + 1 && getComputedStyle(it).overflowX === "auto") faults.push(`${it.tagName} scrolls`);
  }
  if (document.querySelectorAll("h1").length !== 1) faults.push("not one h1");
  for (const it of document.querySelectorAll("table")) if (!it.caption?.textContent) faults.push("a table without a caption");
  for (const it of document.querySelectorAll("svg")) if (!it.getAttribute("aria-label")) faults.push("a picture without words");
  const numbers = (color) => color.match(/[\d.]+/g).map(Number);
  const luminance = (color) => {
    const [r, g, b] = numbers(color).slice(0, 3).map((it) => it / 255).map((it) => it <= 0.03928 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (it) => {
    for (; it; it = it.parentElement) {
      const color = getComputedStyle(it).backgroundColor;
      if ((numbers(color)[3] ?? 1) === 1) return color;
    }
    throw new Error("a page without a ground");
  };
  let texts = 0;
  for (const it of document.querySelectorAll("body *")) {
    if (![...it.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim())) continue;
    texts += 1;
    const [one, other] = [luminance(getComputedStyle(it).color), luminance(ground(it))].sort((a, b) => b - a);
    const contrast = (one + 0.05) / (other + 0.05);
    if (contrast < 4.5) faults.push(`contrast ${contrast.toFixed(2)}: ${it.textContent.slice(0, 40)}`);
  }
  if (texts < 50) faults.push(`only ${texts} texts`);
  return faults;
})()"#;

/// Runs the rest of a test beside the worker, in a browser.
async fn in_browser<T: Send + 'static>(test: impl FnOnce(Browser) -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(|| test(Browser::start())).await.unwrap()
}

async fn serve(board: StatusBoard) -> (Worker, String) {
    let worker = worker_with(board, "127.0.0.1:0").await;
    let url = format!("http://{}/", worker.address);
    (worker, url)
}

#[tokio::test(start_paused = true)]
async fn every_state_is_told_in_big_words_at_every_width_in_light_and_dark() {
    let states = scenes::all().await;
    tokio::time::resume();
    let mut pages = Vec::new();
    for (name, words, board) in states {
        let (worker, url) = serve(board).await;
        pages.push((name, words, worker, url));
    }
    let looked: Vec<_> = pages
        .iter()
        .map(|(name, words, _, url)| (*name, *words, url.clone()))
        .collect();
    in_browser(move |mut browser| {
        for (name, words, url) in looked {
            for view in VIEWS {
                browser.look_with(view);
                browser.open(&url);
                browser.picture(&format!("{name}-{}-{}", view.width, view.scheme));
                let title = browser.eval("document.querySelector('.verdict h2').textContent");
                assert!(title.as_str().unwrap().starts_with(words), "{name}: {title}");
                assert_eq!(
                    browser.eval(&FAULTS.replace("WIDTH", &view.width.to_string())),
                    json!([]),
                    "{name}, {view:?}"
                );
            }
        }
        assert_eq!(browser.complaints, Vec::<String>::new());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_needs_somebody_stands_there_with_the_command_to_type() {
    let states = scenes::all().await;
    tokio::time::resume();
    let (_, _, board) = states
        .into_iter()
        .find(|(name, ..)| *name == "breaker-tripped")
        .unwrap();
    let (_worker, url) = serve(board).await;
    in_browser(move |mut browser| {
        browser.open(&url);
        let codes = browser.eval("[...document.querySelectorAll('code')].map((it) => it.textContent)");
        let codes: Vec<String> = serde_json::from_value(codes).unwrap();
        for command in [
            "audiohm-ingest positions resume --topic audiohm.plays --partition 2",
            "audiohm-ingest dead-letters list --reason invalid_field",
            "audiohm-ingest dead-letters list --reason unknown_user",
        ] {
            assert!(codes.iter().any(|code| code == command), "{command} not in {codes:?}");
        }
        let text = browser.eval("document.body.innerText");
        let text = text.as_str().unwrap();
        for part in [
            "breaker tripped",
            "612 of the last 1 000",
            "Version 1.2.3",
            "audiohm.likes[3]",
        ] {
            assert!(text.contains(part), "{part} not in\n{text}");
        }
    })
    .await;
}

/// Makes the page renew itself after 50 ms.
fn hasten(browser: &mut Browser) {
    let source = "const real = setTimeout; window.setTimeout = (then, wait) => real(then, wait / 100);";
    browser.call("Page.addScriptToEvaluateOnNewDocument", &json!({"source": source}));
}

/// Waits until an expression in the page is true.
fn until(browser: &mut Browser, expression: &str) {
    let promise = format!(
        "new Promise((done) => {{ const end = performance.now() + 20000; \
         const look = () => {{ const met = {expression}; \
         if (met || performance.now() > end) done(met); else requestAnimationFrame(look); }}; look(); }})"
    );
    assert_eq!(browser.eval(&promise), json!(true), "{expression}");
}

#[tokio::test(start_paused = true)]
async fn the_page_renews_itself_and_leaves_the_reader_where_he_is() {
    let board = scenes::board(|_| 0).await;
    scenes::assign(&board, &["audiohm.plays".to_owned(), "audiohm.likes".to_owned()], 10);
    tokio::time::resume();
    let (_worker, url) = serve(board.clone()).await;
    in_browser(move |mut browser| {
        browser.look_with(VIEWS[0]);
        hasten(&mut browser);
        browser.open(&url);
        browser.eval("document.querySelector('#all-partitions').open = true; scrollTo(0, 400)");
        board.check(check::DATABASE, Err("connection refused".to_owned()));
        until(
            &mut browser,
            "document.querySelector('.verdict h2').textContent.startsWith('Stopped')",
        );
        let kept = browser.eval("[scrollY, document.querySelector('#all-partitions').open, document.title]");
        let title = "Stopped: the database does not serve – audiohm-ingest";
        assert_eq!(kept, json!([400, true, title]));

        // what is being copied stays; the title tells what is new
        browser.eval("getSelection().selectAllChildren(document.querySelector('main code'))");
        board.check(check::DATABASE, Ok(()));
        until(&mut browser, "document.title.startsWith('Fresh')");
        assert_eq!(browser.eval("String(getSelection())"), json!("audiohm-ingest check"));
        browser.eval("getSelection().removeAllRanges()");
        until(
            &mut browser,
            "document.querySelector('.verdict h2').textContent === 'Fresh'",
        );
        assert_eq!(browser.complaints, Vec::<String>::new());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_page_whose_worker_is_gone_does_not_pretend_to_be_current() {
    let board = scenes::board(|_| 0).await;
    tokio::time::resume();
    let (worker, url) = serve(board).await;
    let (gone, is_gone) = std::sync::mpsc::channel::<()>();
    let (opened, is_open) = tokio::sync::oneshot::channel::<()>();
    let looking = tokio::spawn(in_browser(move |mut browser| {
        hasten(&mut browser);
        browser.open(&url);
        assert_eq!(browser.eval("document.querySelector('#stale').hidden"), json!(true));
        opened.send(()).unwrap();
        is_gone.recv_timeout(Duration::from_secs(30)).unwrap();
        until(&mut browser, "!document.querySelector('#stale').hidden");
        let told = browser.eval("document.querySelector('#stale').textContent");
        assert!(
            told.as_str().unwrap().starts_with("The worker does not answer."),
            "{told}"
        );
        assert!(
            browser
                .eval("document.title")
                .as_str()
                .unwrap()
                .starts_with("No answer")
        );
    }));
    is_open.await.unwrap();
    worker.stop.send(()).unwrap();
    worker.serving.await.unwrap().unwrap();
    gone.send(()).unwrap();
    looking.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn without_scripts_the_page_says_the_same_and_is_loaded_anew() {
    let board = scenes::board(|_| 0).await;
    tokio::time::resume();
    let (_worker, url) = serve(board.clone()).await;
    in_browser(move |mut browser| {
        browser.call("Emulation.setScriptExecutionDisabled", &json!({"value": true}));
        browser.open(&url);
        board.check(check::BROKER, Err("refused".to_owned()));
        browser.await_event("Page.loadEventFired");
        let text = browser.eval("document.body.innerText");
        let text = text.as_str().unwrap();
        for part in [
            "Stopped: Kafka does not serve",
            "Lag",
            "Dead letters",
            "audiohm.plays[2]",
            "invalid_field",
        ] {
            assert!(text.contains(part), "{part} not in\n{text}");
        }
    })
    .await;
}
