"""A report as a page: HTML and PDF, for HR and for the candidate, in Chinese and English."""
