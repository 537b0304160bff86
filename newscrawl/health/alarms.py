"""Alarms: whoever runs the crawl is told of each episode once when it begins, and once when it ends.

Which action has told of which episode stands in the database (`episodes.told`): an action that fails is tried again by
the next run, one that has told does not tell again. Of several runs at once one tells: it claims the episode before.
"""

from __future__ import annotations

import http.client
import json
import logging
import smtplib
import textwrap
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select, update
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from newscrawl.clock import epoch, now_text, time_text
from newscrawl.health.findings import Finding, Level
from newscrawl.storage.tables import episodes
from newscrawl.text import escape_controls

if TYPE_CHECKING:
    from newscrawl.config import Config, Mail

__all__ = ["Alarm", "give_alarms"]

logger = logging.getLogger("newscrawl.health.alarms")

#: Seconds that a webhook or mail server may take for one answer, and for all of them.
PATIENCE = 10.0
LIMIT = 30.0
#: Seconds for which a run that tells of an episode keeps others from it: longer than it takes, not for ever.
CLAIM = 2 * LIMIT
#: Alarms that are older than this many seconds are no news: where an action failed for so long it tells no more.
STALE = 7 * 86_400.0
#: Alarms given at once.
MOST_ALARMS = 50


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing to tell: an episode that began, or one that ended."""

    finding: Finding
    began: bool

    @property
    def line(self) -> str:
        """For a person."""
        if self.began:
            return f"newscrawl ALARM {self.finding.message}"
        return f"newscrawl RECOVERED {self.finding.monitor.value}: {escape_controls(self.finding.name)} is well again"

    @property
    def subject(self) -> str:
        """What it is about, in short."""
        finding = self.finding
        what = f"{finding.name}: {finding.what}" if self.began else f"{finding.name} is well again"
        word = "ALARM" if self.began else "RECOVERED"
        return escape_controls(f"newscrawl {word} {finding.monitor.value}: {what}")

    def to_json(self) -> dict[str, Any]:
        """For the alarms' file: one object a line."""
        return {"at": now_text(), "event": "began" if self.began else "recovered", **self.finding.to_json()}


def give_alarms(engine: Engine, config: Config) -> int:
    """Tell by each configured action what it has not told yet; how many alarms were given. Blocking.

    An action that fails is logged, and tried again by the next run.
    """
    given = 0
    for name, tell in _actions(config).items():
        try:
            given += _tell_all(engine, name, tell)
        except SQLAlchemyError as error:
            logger.warning("Alarms cannot be entered, later runs give them: %s", type(error).__name__)
            break
    return given


def _actions(config: Config) -> Mapping[str, Callable[[Alarm], None]]:
    actions: dict[str, Callable[[Alarm], None]] = {"log": _log}
    if config.alarm_file is not None:
        actions["file"] = lambda alarm: _write(config.alarm_file, alarm)
    if config.alarm_webhook:
        actions["webhook"] = lambda alarm: _post(config.alarm_webhook, alarm)
    if config.alarm_mail is not None:
        actions["mail"] = lambda alarm: _mail(config.alarm_mail, alarm)
    return actions


def _tell_all(engine: Engine, name: str, tell: Callable[[Alarm], None]) -> int:
    given = 0
    with engine.connect().execution_options(newscrawl_readonly=True) as connection:
        rows = connection.execute(
            select(episodes)
            .where(episodes.c.level == Level.FAILING.value)
            .where(or_(episodes.c.ended_at.is_(None), episodes.c.how == "recovered"))
            .where(episodes.c.seen_at >= time_text(epoch() - STALE))
            .order_by(episodes.c.number.desc())
            .limit(10 * MOST_ALARMS)
        ).all()
    for row in reversed(rows):
        told = list((row.told or {}).get(name, ()))
        # Of an episode that ended before anybody was told nothing needs to be told.
        due = "began" if row.ended_at is None else "ended"
        if due in told or (due == "ended" and "began" not in told) or given >= MOST_ALARMS:
            continue
        if not _claim(engine, row.number, name, due):
            continue
        try:
            tell(Alarm(Finding.of(row.finding), due == "began"))
        except (OSError, smtplib.SMTPException, http.client.HTTPException, ValueError) as error:
            _settle(engine, row.number, name)
            logger.warning("The alarm could not be given by %s, the next run tries again: %s", name, _short(error))
            break
        _settle(engine, row.number, name, due)
        given += 1
    return given


#: Where `episodes.told` holds who tells now: the time until which others wait, by action.
_CLAIMS = "claims"


def _told(connection: Connection, number: int) -> dict[str, Any]:
    """What was told of an episode, held against other runs until the transaction ends."""
    asked = select(episodes.c.told).where(episodes.c.number == number).with_for_update()
    return dict(connection.execute(asked).scalar() or {})


def _claim(engine: Engine, number: int, name: str, due: str) -> bool:
    """Whether this run is the one to tell: nobody did, and nobody does."""
    with engine.begin() as connection:
        told = _told(connection, number)
        claims = dict(told.get(_CLAIMS, {}))
        if due in told.get(name, ()) or claims.get(name, 0.0) > epoch():
            return False
        told[_CLAIMS] = {**claims, name: epoch() + CLAIM}
        connection.execute(update(episodes).where(episodes.c.number == number).values(told=told))
    return True


def _settle(engine: Engine, number: int, name: str, due: str | None = None) -> None:
    """Give the claim back; *due*: what was told."""
    with engine.begin() as connection:
        told = _told(connection, number)
        claims = {one: until for one, until in told.pop(_CLAIMS, {}).items() if one != name}
        if claims:
            told[_CLAIMS] = claims
        if due is not None:
            told[name] = [*told.get(name, ()), due]
        connection.execute(update(episodes).where(episodes.c.number == number).values(told=told))


def _within(seconds: float, step: Callable[[], None]) -> None:
    """Do *step*, and wait no longer than *seconds*: a server that sends a byte now and then never times out by itself.

    Raises what *step* raises, and :class:`TimeoutError`; what hangs is left behind.
    """
    raised: list[BaseException] = []

    def do() -> None:
        try:
            step()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=do, name="newscrawl-alarm", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise TimeoutError(f"no whole answer within {seconds:g} s")
    if raised:
        raise raised[0]


def _short(error: BaseException) -> str:
    # A webhook's address is a secret: what is told of the fault does not hold it.
    if isinstance(error, urllib.error.HTTPError):
        return f"it answered with HTTP status {error.code}"
    reason = getattr(error, "strerror", None) or getattr(error, "reason", None) or type(error).__name__
    return escape_controls(reason)[:200]


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """An answer that leads elsewhere is a failure: the alarm would get lost on the way, or go to a stranger."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _log(alarm: Alarm) -> None:
    if alarm.began:
        logger.error("Health is failing: %s", alarm.finding.message)
    else:
        logger.info("Well again: %s", alarm.line)


def _write(path: Path | None, alarm: Alarm) -> None:
    assert path is not None
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(alarm.to_json(), ensure_ascii=False) + "\n")


def _post(url: str, alarm: Alarm) -> None:
    """A JSON object with ``text``, as Slack, Mattermost and Rocket.Chat take it; the finding beside it for others."""
    # Slack reads <, > and & as markup.
    text = alarm.line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    body = json.dumps({"text": text, "newscrawl": alarm.to_json()}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310 - http(s): config
    opener = urllib.request.build_opener(_NoRedirects)

    def send() -> None:
        try:
            with opener.open(request, timeout=PATIENCE) as answer:
                answer.read(1000)
        except urllib.error.HTTPError as refused:
            refused.close()
            raise

    _within(LIMIT, send)


def _mail(mail: Mail | None, alarm: Alarm) -> None:
    assert mail is not None
    message = EmailMessage()
    message["Subject"] = textwrap.shorten(alarm.subject, 120, placeholder="…")
    message["From"] = mail.sender
    # What mail servers hold against a message that lacks it; and no out-of-office note is to answer it.
    message["Date"] = formatdate(epoch(), usegmt=True)
    message["Message-ID"] = make_msgid(domain=mail.sender.rpartition("@")[2].strip(" >") or None)
    message["Auto-Submitted"] = "auto-generated"
    message["To"] = ", ".join(mail.to)
    finding = alarm.finding
    advice = f"\n\nWhat to do: {finding.advice}" if alarm.began and finding.advice else ""
    message.set_content(f"{alarm.line}{advice}\n")
    _within(LIMIT, lambda: _send(mail, message))


def _send(mail: Mail, message: EmailMessage) -> None:
    connect = smtplib.SMTP_SSL if mail.ssl else smtplib.SMTP
    with connect(mail.host, mail.port, timeout=PATIENCE) as server:
        if mail.tls and not mail.ssl:
            server.starttls()
        if mail.user:
            server.login(mail.user, mail.password)
        server.send_message(message)
