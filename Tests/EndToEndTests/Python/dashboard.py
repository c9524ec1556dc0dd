"""Opens the dashboard in a browser and prints what it found as JSON: dashboard.py ADDRESS READ_KEY CHAT_KEY [FOLDER_FOR_SCREENSHOTS]"""

import json
import socket
import sys
import threading
import time
import urllib.request

from browser import Browser

class Relay:
    """Stands between the page and the router, so that the connection can be lost and come back."""

    def __init__(self, port):
        self.port, self.is_up, self.sockets = port, True, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            client, _ = self.listener.accept()
            if not self.is_up:
                client.close()
                continue
            router = socket.create_connection(("127.0.0.1", self.port))
            self.sockets += [client, router]
            for source, target in ((client, router), (router, client)):
                threading.Thread(target=self.copy, args=(source, target), daemon=True).start()

    def copy(self, source, target):
        try:
            while data := source.recv(1 << 16):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def cut(self):
        self.is_up = False
        for one in self.sockets:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def mend(self):
        self.is_up = True


relay = Relay(int(sys.argv[1].rsplit(":", 1)[1]))
address = relay.address
read_key, chat_key = sys.argv[2:4]
folder = sys.argv[4] if len(sys.argv) > 4 else None
found = {}


def post(path, body):
    request = urllib.request.Request(
        address + path, json.dumps(body).encode(), {"Content-Type": "application/json", "Authorization": "Bearer " + chat_key})
    with urllib.request.urlopen(request) as answer:
        return answer.headers, json.load(answer)


def chat(text):
    return post("/v1/chat/completions", {"messages": [{"role": "user", "content": text}]})[0]["x-bandit-decision-id"]


def text(selector):
    return browser.evaluate(f"document.querySelector({json.dumps(selector)})?.innerText ?? null")


def shot(name, whole=False):
    if folder:
        browser.screenshot(f"{folder}/{name}.png", whole)


browser = Browser()
try:
    # The key: asked for, refused, taken; and never in the address.
    browser.resize(1600, 1000)
    browser.open(address + "/dashboard")
    browser.until("document.querySelector('#login')?.open")
    found["login_focus"] = browser.evaluate("document.activeElement.name")
    shot("login")
    enter = "(() => { const field = document.querySelector('#login input'); field.value = %s; field.form.requestSubmit(); return true })()"
    browser.evaluate(enter % json.dumps("br-wrong"))
    found["login_refused"] = browser.until("document.querySelector('#login-error').textContent")
    browser.evaluate(enter % json.dumps(chat_key))
    found["login_scope"] = browser.until("(t => t.includes('scope') && t)(document.querySelector('#login-error').textContent)")
    # From here on nothing may be complained of.
    browser.events.clear()
    browser.evaluate(enter % json.dumps(read_key))
    browser.until("document.documentElement.dataset.ready === '' && document.querySelector('#live').dataset.state === 'live'")
    found["key_in_address"] = read_key in browser.evaluate("location.href")
    found["key_in_session"] = browser.evaluate("sessionStorage.getItem('bandit-router-key')") == read_key
    found["key_elsewhere"] = browser.evaluate("document.cookie + JSON.stringify({...localStorage})").find(read_key) >= 0
    found["welcome"] = browser.until("document.querySelector('.welcome pre')?.innerText")
    shot("empty")

    # Live: how long until a decision, and feedback on it, are on the page.
    first = chat("Hello")
    start = time.monotonic()
    browser.until(f"document.querySelector('tr[data-id=\"{first}\"]')")
    found["decision_delay_s"] = time.monotonic() - start
    found["welcome_gone"] = browser.until("!document.querySelector('.welcome')")
    post("/v1/feedback", {"decision_id": first, "value": True, "comment": "<img src=x onerror=window.broken=1>"})
    start = time.monotonic()
    browser.until(f"document.querySelector('#feedback [data-id=\"{first}\"]')")
    found["feedback_delay_s"] = time.monotonic() - start
    ids = [chat(question) for question in ["Hello", "```x```", "Hello again"] * 4]
    for index, one in enumerate(ids):
        post("/v1/feedback", {"decision_id": one, "value": index % 3 > 0})
    browser.until(f"document.querySelector('tr[data-id=\"{ids[-1]}\"] td:last-child')?.innerText !== '–'")
    browser.until("document.querySelectorAll('.cell').length === 2 && document.querySelectorAll('.cell .ridge .curve').length === 6")
    found["cells"] = browser.evaluate("[...document.querySelectorAll('.cell h3')].map(one => one.innerText)")
    found["curves"] = browser.evaluate("document.querySelectorAll('.cell .ridge .curve').length")
    found["shares"] = browser.evaluate(
        "[...document.querySelectorAll('.cell')].map(cell => [...cell.querySelectorAll('.share i')].reduce((sum, one) => sum + parseFloat(one.style.width), 0))")
    browser.evaluate("document.querySelector('#learning').scrollIntoView({behavior: 'instant'})")
    browser.until("document.querySelectorAll('.cell .moves svg .area').length > 0 && document.querySelectorAll('.cell .moves svg .line').length > 0", 40)
    shot("learning")
    browser.until("document.querySelector('#chart-traffic .area') && document.querySelector('#chart-reward svg')")
    found["requests_tile"] = text(".tile:nth-child(1) .note")
    found["state"] = browser.evaluate("[...document.querySelectorAll('#arms .pill')].map(one => one.innerText)")

    # The inspector, by keyboard.
    browser.evaluate(f"document.querySelector('tr[data-id=\"{first}\"] button').focus()")
    browser.press("Enter", text="\r")
    browser.until("document.querySelector('#inspector').open && document.querySelector('#inspector .beliefs .curve')")
    found["inspector"] = text("#inspector-body")
    found["inspector_beliefs"] = browser.evaluate("document.querySelectorAll('#inspector .beliefs .curve').length")
    shot("inspector")
    browser.press("Escape")
    browser.until("!document.querySelector('#inspector').open")
    found["focus_returns"] = browser.evaluate("document.activeElement.closest('tr')?.dataset.id") == first
    search = "(() => { const form = document.querySelector('#filter'); form.elements.id.value = %s; form.elements.category.value = %s; form.requestSubmit(); return true })()"
    browser.evaluate(search % (json.dumps(ids[1]), "''"))
    found["found_by_id"] = browser.until("(t => t.includes('Category') && t)(document.querySelector('#inspector-body').innerText)").find(ids[1]) >= 0
    browser.press("Escape")
    browser.evaluate(search % ("''", "'code'"))
    browser.until("document.querySelector('#decisions-note').innerText.includes('4 decisions')")
    found["found_categories"] = browser.evaluate("[...document.querySelectorAll('#decision-table tbody td:nth-child(2)')].map(one => one.innerText)")
    browser.evaluate("document.querySelector('#filter [type=reset]').click()")
    browser.until("document.querySelectorAll('#decision-table tbody tr').length === 13")

    # Usage, and its export.
    browser.until("document.querySelector('#usage-table tfoot td:nth-child(2)')?.innerText === '13'", 40)
    browser.evaluate("window.exported = null; const make = URL.createObjectURL; URL.createObjectURL = (blob) => { blob.text().then((text) => (window.exported = text)); return make(blob) }; document.querySelector('#export').click()")
    found["csv"] = browser.until("window.exported")

    # Sizes, light and dark.
    found["layouts"] = []
    for width in (400, 1600):
        for dark in (False, True):
            browser.resize(width, 900, dark)
            browser.evaluate("new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))")
            found["layouts"].append(browser.evaluate(
                "({ width: innerWidth, scroll: document.documentElement.scrollWidth, paper: getComputedStyle(document.body).backgroundColor,"
                " outside: [...document.querySelectorAll('body *')].filter(one => !one.closest('.scroll, pre, nav, .skip, .unseen') && one.getBoundingClientRect().right > innerWidth + 1 && one.checkVisibility()).length })"))
            shot(f"page-{width}-{'dark' if dark else 'light'}", True)
    browser.evaluate("document.querySelector('#theme').click()")
    found["toggled"] = browser.evaluate("getComputedStyle(document.body).backgroundColor")

    # The keyboard reaches everything, in order, and shows where it is.
    browser.resize(1600, 900)
    browser.evaluate("document.querySelector('.skip').focus(); true")
    found["tab_order"] = []
    for _ in range(14):
        found["tab_order"].append(browser.evaluate(
            "(one => [one.className || one.hash || one.id || one.tagName, getComputedStyle(one).outlineStyle !== 'none'])(document.activeElement)"))
        browser.press("Tab")
    browser.evaluate("document.querySelector('#chart-traffic').focus(); true")
    browser.press("ArrowLeft")
    found["chart_tip"] = browser.until("document.querySelector('#chart-traffic .tip:not([hidden])')?.innerText")
    found["unnamed"] = browser.evaluate(
        "[...document.querySelectorAll('button, select, input, a')].filter(one => !(one.ariaLabel || one.innerText.trim() || one.labels?.[0]?.innerText || one.closest('label')?.innerText.trim())).map(one => one.outerHTML)")

    found["complaints"] = browser.complaints()
    found["external"] = sorted({one for one in browser.requests() if not one.startswith((address, "blob:" + address))})
    found["markup_ran"] = browser.evaluate("window.broken === 1")
    found["paint_ms"] = browser.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null")

    # The policy holds: nothing inline runs, nothing from elsewhere is fetched.
    browser.evaluate("window.violations = []; document.addEventListener('securitypolicyviolation', (event) => window.violations.push(event.effectiveDirective)); true")
    browser.evaluate("(() => { const script = document.createElement('script'); script.textContent = 'window.ran = 1'; document.body.append(script); return true })()")
    found["fetched_elsewhere"] = browser.evaluate("fetch('http://127.0.0.1:9/').then(() => true, () => false)")
    found["inline_ran"] = browser.evaluate("window.ran === 1")
    found["violations"] = browser.until("window.violations.length >= 2 && window.violations")

    # A router that goes away is told of, and taken up again.
    relay.cut()
    found["lost"] = browser.until("!document.querySelector('#banner').hidden && document.querySelector('#banner').innerText", 40)
    shot("lost")
    relay.mend()
    found["back"] = browser.until("document.querySelector('#live').dataset.state === 'live' && document.querySelector('#banner').hidden", 40)
finally:
    browser.close()
print(json.dumps(found))
