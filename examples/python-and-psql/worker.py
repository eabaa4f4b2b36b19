"""A Temporal worker as any other: nothing in it knows of Postgres or of Switchyard."""

import asyncio
import os
import signal

from temporalio.client import Client
from temporalio.worker import Worker

from emails import SendEmail, deliver, render


async def main() -> None:
    stopping = asyncio.Event()
    for stop in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(stop, stopping.set)
    client = await Client.connect(os.environ.get("TEMPORAL_ADDRESS", "localhost:7233"))
    async with Worker(client, task_queue="emails-python", workflows=[SendEmail], activities=[render, deliver]):
        await stopping.wait()


asyncio.run(main())
