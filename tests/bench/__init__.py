"""`make bench`: how many updates a second a real handler of Convoca answers, beside bare ones, in the same run."""
