#!/usr/bin/perl
# Scrapes the daemon's metrics each 15 s, as Prometheus does, and appends what it got to a file: a line `# at SECONDS 1`, and the
# metrics; or `# at SECONDS 0` where nothing answered. Perl, because Debian always has it.
use strict;
use warnings;
use IO::Handle;
use IO::Socket::UNIX;

my ($path, $to) = @ARGV;
open my $file, '>>', $to or die "$to: $!\n";
$file->autoflush(1);
while (1) {
  my $text = scrape();
  print $file '# at ', time(), $text ? " 1\n$text" : " 0\n";
  sleep 15;
}

# The body of the answer, or none.
sub scrape {
  my $socket = IO::Socket::UNIX->new(Peer => $path, Timeout => 10) or return;
  print $socket "GET /metrics HTTP/1.0\r\nHost: vm\r\n\r\n";
  my $answer = '';
  eval {
    local $SIG{ALRM} = sub { die "timeout\n" };
    alarm 10;
    local $/;
    $answer = <$socket> // '';
    alarm 0;
  };
  alarm 0;
  return $answer =~ m{\AHTTP/1\.[01] 200 .*?\r\n\r\n(.+)}s ? $1 : undef;
}
