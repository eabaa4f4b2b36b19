from dataclasses import dataclass
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.exceptions import ApplicationError


@dataclass
class Email:
    to: str
    subject: str
    held: bool = False


@dataclass
class Receipt:
    message_id: str
    released_by: str | None = None


@activity.defn
async def render(email: Email) -> str:
    return f"To: {email.to}\nSubject: {email.subject}\n"


@activity.defn
async def deliver(email: Email, text: str) -> str:
    if "@" not in email.to:
        raise ApplicationError(f"{email.to} is no address", type="NO_ADDRESS", non_retryable=True)
    return f"{len(text)}-{email.to}"


@workflow.defn
class SendEmail:
    """Renders and delivers an email; one that is held waits until somebody releases it."""

    def __init__(self) -> None:
        self.released_by: str | None = None

    @workflow.signal
    def release(self, by: str) -> None:
        self.released_by = by

    @workflow.run
    async def run(self, email: Email) -> Receipt:
        limit = timedelta(minutes=1)
        if email.held:
            await workflow.wait_condition(lambda: self.released_by is not None)
        text = await workflow.execute_activity(render, email, start_to_close_timeout=limit)
        sent = await workflow.execute_activity(deliver, args=[email, text], start_to_close_timeout=limit)
        return Receipt(message_id=sent, released_by=self.released_by)
