"""A headless Chromium with one page, as a test needs it; a context manager."""

import base64
import json
import os
import shutil
import sys
import tempfile

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
except ImportError:
    sys.exit("selenium is missing: apt-get install python3-selenium")

DRIVER, CHROMIUM = "/usr/bin/chromedriver", "/usr/bin/chromium"
DEADLINE_S = 30

# It has to ask nobody but the page's server; root, as in a container, has no sandbox.
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage", "--hide-scrollbars")


class Browser:
    def __enter__(self):
        for program, package in ((DRIVER, "chromium-driver"), (CHROMIUM, "chromium")):
            if shutil.which(program) is None:
                sys.exit(f"{program} is missing: apt-get install {package}")
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for flag in (*FLAGS, f"--user-data-dir={self._profile.name}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self._driver = webdriver.Chrome(options=options, service=Service(DRIVER))
        self._driver.set_page_load_timeout(DEADLINE_S)
        self._driver.set_script_timeout(DEADLINE_S)
        return self

    def __exit__(self, *_):
        self._driver.quit()
        self._profile.cleanup()

    def open(self, url):
        self._driver.get(url)

    def element(self, selector):
        """The one element that matches; its text is what can be seen."""
        return self._driver.find_element(By.CSS_SELECTOR, selector)

    def evaluate(self, expression):
        return self._driver.execute_script(f"return {expression}")

    def show(self, scheme, width, height):
        """The colour scheme, light or dark, and the size of the window from now on."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self._driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        self._driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 2, "mobile": width < 600})

    def save_picture(self, path):
        """The whole page, also what the window does not show."""
        picture = self._driver.execute_cdp_cmd(
            "Page.captureScreenshot", {"format": "png", "captureBeyondViewport": True})
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(base64.b64decode(picture["data"]))

    def requested(self, document):
        """The addresses that this document, or who opened it, asked for since the last call."""
        events = [json.loads(entry["message"])["message"]
                  for entry in self._driver.get_log("performance")]
        asked = [event["params"] for event in events
                 if event["method"] == "Network.requestWillBeSent"]
        return [request["request"]["url"] for request in asked
                if request["documentURL"] == document]

    def complaints(self):
        """What the console was told since the last call, errors and warnings of all kinds."""
        return [entry["message"] for entry in self._driver.get_log("browser")
                if entry["level"] in ("WARNING", "SEVERE")]
