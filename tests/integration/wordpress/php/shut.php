<?php
/* php shut.php [SURFACE...]: shut these ways in (rest, feed, sitemap, modified_after, core-sitemap), open all others. */
require __DIR__ . '/bootstrap.php';
update_option( 'shut_surfaces', array_slice( $argv, 1 ) );
