"""Broken survey packages, one a fault, for the made freeway of size small: what must happen stands with each."""

from sample_data.faulty import archives as archives
from sample_data.faulty import files as files
from sample_data.faulty import images as images
from sample_data.faulty import sheets as sheets
from sample_data.faulty.register import FAULTS as FAULTS
from sample_data.faulty.register import KNOWN as KNOWN
from sample_data.faulty.register import Known as Known
