"""The pictures of the documentation: screenshots.py ADDRESS FOLDER, of a demonstration that has run for some minutes.

Start `bandit-router demo`, wait three minutes, make a model worse as it says, wait another, then run this with
Sources/BanditRouter.docc/Resources as FOLDER. The pictures are looked at before they are kept.
"""

import sys
import time

from browser import Browser

address, folder = sys.argv[1:3]
browser = Browser()


def show(section, dark, height=900):
    browser.resize(1280, height, dark)
    browser.open(address + "/dashboard")
    browser.until("document.documentElement.dataset.ready === '' && document.querySelector('#live').dataset.state === 'live'")
    browser.until("document.querySelectorAll('.cell .ridge .curve').length > 3")
    browser.evaluate(f"document.querySelector('#{section}').scrollIntoView({{behavior: 'instant'}})")
    browser.until("document.querySelectorAll('.cell .moves svg .area').length > 0")
    # Two rounds of the live feed, so that nothing is caught half drawn.
    time.sleep(1.5)


try:
    # DocC shows the one with ~dark where its reader has it dark.
    for dark, suffix in ((False, ""), (True, "~dark")):
        show("overview", dark)
        browser.screenshot(f"{folder}/dashboard-overview{suffix}.png")
        show("learning", dark)
        browser.screenshot(f"{folder}/dashboard-learning{suffix}.png")
    show("learning", False)
    row = "[...document.querySelectorAll('#decision-table tbody tr')].find(one => one.querySelector('.pill.good') && one.lastElementChild.innerText !== '–')"
    browser.evaluate(row + ".querySelector('button').click()")
    browser.until("document.querySelector('#inspector .beliefs .curve')")
    browser.screenshot(f"{folder}/dashboard-inspector.png")
finally:
    browser.close()
